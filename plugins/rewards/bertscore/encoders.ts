interface Encoder {
  /** Layer whose hidden states are compared, from 1. */
  readonly layer: number;
  /** F1 from which two texts count as saying the same. It belongs to the encoder and to no other. */
  readonly threshold: number;
}

/** Encoders whose layer and threshold are known. */
export const encoders: Readonly<Record<string, Encoder>> = {
  // Means over 20 English web pages of 600 to 2,200 characters: the same text 1.00, some words replaced 0.99, a line
  // dropped 0.98, sentences swapped as well 0.95, the last fifth cut 0.94, the second half cut 0.85 (0.89 at most),
  // another page 0.27. So 0.9 refuses half a page and lets a fifth go. It also refuses a thorough rewording: four
  // short faithful ones scored 0.78 to 0.86, where half a page does, and no threshold tells these two apart. Of 60
  // pages that lost only short lines (2 to 25 % of their characters) 0.9 accepts 70 %, 0.87 accepts 93 %; of 60 halves
  // 2 % and 33 %.
  'builtin:minilm-l6': { layer: 6, threshold: 0.9 },
  // The paper's encoder and threshold.
  'microsoft/deberta-large-mnli': { layer: 18, threshold: 0.65 },
};
