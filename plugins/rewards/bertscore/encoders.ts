interface Encoder {
  /** Layer whose hidden states are compared, from 1. */
  readonly layer: number;
  /** F1 from which two texts count as saying the same. It belongs to the encoder and to no other. */
  readonly threshold: number;
}

/** Encoders whose layer and threshold are known. */
export const encoders: Readonly<Record<string, Encoder>> = {
  // `repro rewards bench` on the labelled pairs that come along: 30 faithful rewordings score 0.80 in the mean (0.70 to
  // 0.88), light edits 0.90, the same with a changed number, name or "not" 0.79, cut off in the middle 0.72, summaries
  // 0.54, another language 0.44. 0.7 keeps 97 % of the rewordings and refuses every summary, every translation and half
  // of what is cut off; 0.9 keeps none of them. No threshold sees small lies, nor half a page word for word (0.85): that
  // is for `facts` and `length` (docs/decisions/0033).
  'builtin:minilm-l6': { layer: 6, threshold: 0.7 },
  // The paper's encoder and threshold.
  'microsoft/deberta-large-mnli': { layer: 18, threshold: 0.65 },
};
