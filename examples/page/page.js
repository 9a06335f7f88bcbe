// The page's program. Bundle it into the one file that index.html loads:
//   npx esbuild examples/page/page.js --bundle --minify --outfile=examples/page/bundle.js
import { LinearLearner } from 'linnet';

const [rows, train, stop, save, status, weights] = ['rows', 'train', 'stop', 'save', 'status', 'weights'].map((id) =>
  document.getElementById(id),
);
let stopping = new AbortController();

train.addEventListener('click', async () => {
  stopping = new AbortController();
  train.disabled = true;
  stop.disabled = false;
  try {
    const csv = rows.value.trim();
    const names = csv.split('\n')[0].split(',');
    const model = await LinearLearner.fit(csv, { column: names.at(-1) }, {
      predictor_type: 'regressor',
      signal: stopping.signal,
      onProgress: ({ epoch, epochs }) => say(`Epoch ${epoch} of ${epochs}`),
    });
    show(model, names);
    save.href = URL.createObjectURL(new Blob([await model.save()]));
    save.hidden = false;
    say(`Trained. Off by ${model.metrics.train.rmse.toPrecision(3)} ${names.at(-1)} on average (root mean square).`);
  } catch (error) {
    say(error.message, 'wrong');
  } finally {
    train.disabled = false;
    stop.disabled = true;
  }
});

stop.addEventListener('click', () => stopping.abort(new Error('Stopped.')));

function say(text, kind = '') {
  status.textContent = text;
  status.className = kind;
}

function show(model, names) {
  weights.tBodies[0].replaceChildren(
    ...[...model.weights].map((weight, column) => {
      const row = document.createElement('tr');
      for (const text of [names[column], weight.toPrecision(4)]) row.insertCell().textContent = text;
      return row;
    }),
  );
  weights.hidden = false;
}
