import type { Edit } from './edit.ts';

const item = /^[ \t]*(?:[-*•+]|\d{1,3}[.)])[ \t]+(?=\S)/;

/** Makes running text of every marked list of two items or more. */
export const flattenList: Edit = (text) => {
  const flattened: string[] = [];
  let items: string[] = [];
  let changed = false;
  const close = () => {
    changed ||= items.length > 1;
    flattened.push(...(items.length > 1 ? [items.map((line) => line.replace(item, '').trim()).join('; ')] : items));
    items = [];
  };
  for (const line of text.split('\n')) {
    if (item.test(line)) {
      items.push(line);
    } else {
      close();
      flattened.push(line);
    }
  }
  close();
  return changed ? flattened.join('\n') : undefined;
};
