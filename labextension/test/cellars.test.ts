import { expect, test } from 'vitest';
import type { CellarPlace, Cellars } from '../src/api';
import { type CellarsApi, CellarsModel } from '../src/panel/model';

const PLACES: readonly CellarPlace[] = ['a', 'b'].map(name => ({
  uuid: name,
  label: name,
  project: name,
  folder: name
}));

/** A model whose answers come when they are let go, in any order. */
function slow() {
  const answers: (() => void)[] = [];
  const api: CellarsApi = {
    cellars: path =>
      new Promise<Cellars>(done => answers.push(() => done({ cellars: PLACES, here: path.split('/')[0] || null }))),
    ask: () => () => Promise.reject(new Error('not asked')),
    fileUrl: () => '',
    zipUrl: () => ''
  };
  return { model: new CellarsModel(api), answers };
}

test('who asks first is answered with what was asked last', async () => {
  const { model, answers } = slow();
  const first = model.refresh();
  const second = model.refresh();
  let done = false;
  void first.then(() => {
    done = true;
  });
  answers[0]?.();
  await new Promise(resolve => setTimeout(resolve));
  expect(done).toBe(false);
  answers[1]?.();
  await Promise.all([first, second]);
  expect(model.choose('b')).toBe(true);
  expect(model.current?.uuid).toBe('b');
});

test('what was chosen stays although another document was in front before', async () => {
  const { model, answers } = slow();
  const first = model.refresh();
  answers[0]?.();
  await first;
  model.follow('b/work.ipynb');
  const late = model.refresh();
  expect(model.choose('a')).toBe(true);
  answers[1]?.();
  await late;
  expect(model.current?.uuid).toBe('a');
  expect(model.choose('none')).toBe(false);
});
