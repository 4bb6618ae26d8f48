import type { Words } from './host';

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `17.9 MB`: decimal units, three digits at most; as the cards and the command line write sizes. */
export function size(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  let value = bytes;
  let unit: string = UNITS[0];
  for (const next of UNITS) {
    value /= 1000;
    unit = next;
    if (value < 999.5) {
      break;
    }
  }
  return `${unit !== 'kB' && value < 99.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** `12.4 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) {
    return `${Math.round(seconds * 1000)} ms`;
  }
  if (seconds < 60) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `2 h ago`; from a month on the date. */
export function age(when: number, now: number, words: Words): string {
  const seconds = Math.max(0, now - when);
  if (seconds < 45) {
    return words.__('just now');
  }
  if (seconds < 90 * 60) {
    return words.__('%1 min ago', Math.max(1, Math.round(seconds / 60)));
  }
  if (seconds < 36 * 3600) {
    return words.__('%1 h ago', Math.round(seconds / 3600));
  }
  if (seconds < 30 * 86400) {
    return words.__('%1 days ago', Math.round(seconds / 86400));
  }
  return new Date(when * 1000).toISOString().slice(0, 10);
}

// Controls, bidirectional overrides and invisible characters can make one name look like another.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The text with every character that would not show itself written as its code. */
export function visible(text: string): string {
  return text.replace(HIDDEN, one => `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

/** Words without a translation: the widget's, which JupyterLab's catalogues do not reach. */
export const plainWords: Words = {
  __: (text, ...values) => fill(text, values),
  _n: (one, many, count, ...values) => fill(count === 1 ? one : many, [count, ...values])
};

function fill(text: string, values: readonly (string | number)[]): string {
  return text.replace(/%(\d)/g, (whole, place: string) => String(values[Number(place) - 1] ?? whole));
}
