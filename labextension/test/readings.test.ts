import { expect, test } from 'vitest';
import { Readings } from '../src/browser/readings';

/** Readings that end when they are told to, and what was shown of them. */
function held() {
  const ends: (() => void)[] = [];
  const shown: number[] = [];
  const readings = new Readings(async isNewest => {
    const number = ends.length;
    await new Promise<void>(end => ends.push(end));
    if (isNewest()) {
      shown.push(number);
    }
  });
  return { readings, ends, shown };
}

async function turn(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve));
}

test('of two readings only the newer is shown, and who waits for the older waits for the newer', async () => {
  const { readings, ends, shown } = held();
  let done = false;
  const older = readings.now().then(() => {
    done = true;
  });
  const newer = readings.now();
  ends[0]?.();
  await turn();
  expect([done, shown]).toEqual([false, []]);
  ends[1]?.();
  await Promise.all([older, newer]);
  expect([done, shown]).toEqual([true, [1]]);
});

test('whoever asks while one is under way is answered by one more', async () => {
  const { readings, ends, shown } = held();
  void readings.now();
  const asked = [readings.soon(), readings.soon(), readings.soon()];
  await turn();
  expect(ends.length).toBe(1);
  ends[0]?.();
  await turn();
  expect(ends.length).toBe(2);
  ends[1]?.();
  await Promise.all(asked);
  expect(shown).toEqual([0, 1]);
});

test('after the end nothing is shown, and nobody waits for ever', async () => {
  const { readings, ends, shown } = held();
  const reading = readings.now();
  readings.end();
  ends[0]?.();
  await reading;
  expect(shown).toEqual([]);
});
