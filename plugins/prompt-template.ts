import { z } from 'zod';

/** Stands in a prompt for the page. */
const pagePlace = '{text}';

/** A prompt of the user's own, with one `{text}` where the page goes. */
export const PromptTemplate = z
  .string({
    error: ({ input }) =>
      input === undefined
        ? `is missing: the model reads only the template that it was trained on; give its file, { file: ./template.txt }, with ${pagePlace} where the page goes`
        : undefined,
  })
  .refine((prompt) => prompt.split(pagePlace).length === 2, {
    error: ({ input }) =>
      `must hold ${pagePlace} exactly once, where the page goes; it is there ${String(input).split(pagePlace).length - 1} times`,
  });

/** The words around the page. A page is put between them and never searched for patterns. */
export function cutAtPage(prompt: string): { readonly head: string; readonly tail: string } {
  const at = prompt.indexOf(pagePlace);
  return { head: prompt.slice(0, at), tail: prompt.slice(at + pagePlace.length) };
}
