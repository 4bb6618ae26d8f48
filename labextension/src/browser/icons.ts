const SVG = 'http://www.w3.org/2000/svg';

/** Our own line drawings on a grid of 16, drawn in the text's colour. */
const DRAWINGS = {
  chevron: 'M6 4l4 4-4 4',
  cellar: 'M2.5 13.5v-6a5.5 5.5 0 0 1 11 0v6zM5 13.5v-2.5h6v2.5M8 2v3.5',
  name: 'M2.5 5.5L8 2.5l5.5 3v5L8 13.5l-5.5-3zM2.5 5.5L8 8.5l5.5-3M8 8.5v5',
  version: 'M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6M8 1.8v3.4M8 10.8v3.4',
  failed: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  folder: 'M1.8 12.8v-9.3h4.4l1.4 1.7h6.6v7.6z',
  file: 'M3.8 14.2V1.8h5.4l3 3v9.4zM9 2v3h3',
  link: 'M6.5 9.5l3-3M7 4.8l1.6-1.6a2.9 2.9 0 0 1 4.2 4.2L11.2 9M9 11.2l-1.6 1.6a2.9 2.9 0 0 1-4.2-4.2L4.8 7',
  image: 'M2.2 3h11.6v10H2.2zM2.5 12l3.5-4 2.6 2.8L10.5 9l3 3M10 6.2a.6.6 0 1 0 .1 0',
  table: 'M2.2 3h11.6v10H2.2zM2.2 6.3h11.6M2.2 9.6h11.6M6.5 3v10',
  code: 'M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5',
  restore: 'M3 8a5 5 0 1 0 1.6-3.6M4.5 1.8v3h3',
  copy: 'M5.5 5.5h8v8h-8zM5.5 10.5h-3v-8h8v3',
  refresh: 'M13 8a5 5 0 1 1-1.6-3.6M11.5 1.8v3h-3',
  download: 'M8 2.5v7.5M4.8 7L8 10.2L11.2 7M2.5 13.5h11',
  diff: 'M5 2.5v7M2 6h6M8.5 13.2h5.5M11 5l3-2.5',
  open: 'M9 2.5h4.5V7M13.5 2.5L7.5 8.5M11.5 9.5v4h-9v-9h4',
  label: 'M2.5 2.5h5l6 6l-5 5l-6-6zM5.4 5.4h.1',
  trash: 'M2.8 4.5h10.4M6 4.5v-2h4v2M4.2 4.5l.6 9h6.4l.6-9',
  disk: 'M3 4.2c0-2.4 10-2.4 10 0v7.6c0 2.4-10 2.4-10 0zM3 4.2c0 2.4 10 2.4 10 0M3 8c0 2.4 10 2.4 10 0',
  full: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5L9.5 6.5M2.5 13.5l4-4',
  close: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  help: 'M6 6.2c0-2.8 4-2.8 4-.2c0 1.6-2 1.7-2 3.3M8 12h.1M8 1.8a6.2 6.2 0 1 0 .1 0',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9M10.4 10.4l3.4 3.4'
} as const;

export type IconName = keyof typeof DRAWINGS;

/** A picture beside words that say the same: hidden from screen readers. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('nbcellar-icon', `nbcellar-icon-${name}`);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', DRAWINGS[name]);
  svg.append(path);
  return svg;
}

const BY_ENDING: readonly (readonly [RegExp, IconName])[] = [
  [/\.(png|jpe?g|gif|webp|bmp|svg|tiff?|avif)$/i, 'image'],
  [/\.(csv|tsv|parquet|arrow|feather|xlsx?)$/i, 'table'],
  [/\.(py|ipynb|js|ts|json|ya?ml|toml|html?|xml|sh|r|jl|c|cpp|h|rs|go|sql)$/i, 'code']
];

/** The icon of a file by how its name ends. */
export function fileIcon(name: string): SVGSVGElement {
  const found = BY_ENDING.find(([ending]) => ending.test(name));
  return icon(found ? found[1] : 'file');
}
