/** The page's style: Okabe and Ito's colours, dark and light from the same names, two columns where there is room, A4 in print. */
export const style = `
:root { color-scheme: light dark; --surface: #fff; --raised: #f6f7f8; --ink: #1b1e21; --muted: #5a6068; --line: #d5d9de;
  --first: #0072b2; --second: #d55e00; --third: #009e73; --warn: #fff4dd; --warn-line: #b26a00; }
@media (prefers-color-scheme: dark) { :root { --surface: #15181b; --raised: #1e2226; --ink: #e8eaed; --muted: #a4abb3; --line: #3a4047;
  --first: #56b4e9; --second: #ff9a52; --third: #2bc99a; --warn: #33280f; --warn-line: #e69f00; } }
* { box-sizing: border-box; }
html { background: var(--surface); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 72rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .25rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .35rem 0 .75rem; max-width: 46rem; }
a { color: var(--first); }
.muted, .note { color: var(--muted); font-size: .875rem; }
.verdict { font-size: 1.25rem; line-height: 1.4; }
.answer { font-size: 1.05rem; }
.warning { background: var(--warn); border-left: 4px solid var(--warn-line); padding: .5rem .75rem; margin: .5rem 0; max-width: 46rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: .75rem 0; list-style: none; font-size: .9rem; }
nav a { display: inline-block; padding: .2rem 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1.25rem; align-items: start; margin: 1rem 0; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; font-size: .95rem; line-height: 1.35; min-height: 2.7em; }
svg { display: block; width: 100%; max-width: 30rem; height: auto; overflow: visible; color: var(--ink); font: 11px system-ui, sans-serif; }
.plot { --plot-background: var(--surface); }
.plot text { white-space: pre; fill: currentColor; }
.plot [fill="var(--muted)"] text, .plot text[fill="var(--muted)"] { fill: var(--muted); }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; white-space: nowrap; padding: .2rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td.words, th[scope=row] { text-align: left; font-weight: 500; }
th.words, td:has(.words) { text-align: left; white-space: normal; min-width: 12rem; max-width: 30rem; }
td:has(span:empty) { min-width: 0; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: .15em; }
.scroll { overflow-x: auto; max-width: 100%; margin: .5rem 0; }
details { margin: .25rem 0 .75rem; font-size: .9rem; }
summary { cursor: pointer; color: var(--muted); padding: .2rem 0; }
:focus-visible { outline: 3px solid var(--first); outline-offset: 2px; }
.slider { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; max-width: 46rem; }
.slider input { width: 100%; margin: .5rem 0; accent-color: var(--first); }
.slider output { font-weight: 600; }
.matrix td { min-width: 4.5rem; text-align: center; background: color-mix(in srgb, var(--first) var(--share, 0%), var(--surface)); }
.matrix td.wrong { background: color-mix(in srgb, var(--second) var(--share, 0%), var(--surface)); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; font-size: .9rem; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
@media (max-width: 30rem) { th, td { white-space: normal; }  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
@media print { @page { size: A4; margin: 15mm; }
  :root { color-scheme: light; --surface: #fff; --raised: #fff; --ink: #000; --muted: #444; --line: #bbb; --first: #0072b2; --second: #d55e00; --third: #009e73; --warn: #fff; }
  html { font-size: 12px; } body { padding: 0; max-width: none; } nav, .slider, details { display: none; }
  .figures { grid-template-columns: 1fr 1fr; } figure, tr, .warning { break-inside: avoid; } h2, h3 { break-after: avoid; } .scroll { overflow: visible; } }
`;
