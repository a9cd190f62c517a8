/** Keys and elements of a text that is a JSON object or array, 0 for any other. `[1]` is a footnote: a key or a string must be there. */
export function countJsonNodes(text: string): number {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed) || !/[\]}]$/.test(trimmed) || !trimmed.includes('"')) {
    return 0;
  }
  try {
    return countNodes(JSON.parse(trimmed));
  } catch {
    return 0;
  }
}

// A loop, not a recursion: JSON may be nested deeper than the stack.
function countNodes(root: unknown): number {
  const open: unknown[] = [root];
  let count = 0;
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value === 'object' && value !== null) {
      for (const child of Object.values(value)) {
        count += 1;
        open.push(child);
      }
    }
  }
  return count;
}
