/** The only script of the page: it moves the threshold. Without scripts its part of the page stays hidden. */
export const script = `
const box = document.getElementById('threshold');
const cuts = JSON.parse(document.getElementById('cuts').textContent);
const input = box.querySelector('input');
const percent = (part, whole) => whole === 0 ? '–' : Number((100 * part / whole).toPrecision(3)) + '\u00a0%';
const show = () => {
  const [threshold, tp, fp, fn, tn] = cuts[input.value];
  const texts = { threshold: String(Number(threshold.toPrecision(3))), tp, fp, fn, tn, recall: percent(tp, tp + fn),
    precision: percent(tp, tp + fp), specificity: percent(tn, tn + fp), accuracy: percent(tp + tn, tp + fp + fn + tn) };
  for (const [name, text] of Object.entries(texts)) for (const cell of box.querySelectorAll('[data-cell=' + name + ']')) cell.textContent = text;
  input.setAttribute('aria-valuetext', 'threshold ' + texts.threshold + ', ' + texts.recall + ' of the positives found, ' + texts.precision + ' of the calls right');
};
box.hidden = false;
input.addEventListener('input', show);
show();
`;
