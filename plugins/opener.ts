/** The words a rephraser is asked to begin with; what follows them is its text. */
export const defaultOpener = 'Here is a paraphrased version:';
