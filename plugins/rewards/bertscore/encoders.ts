interface Encoder {
  /** Layer whose hidden states are compared, from 1. */
  readonly layer: number;
  /** F1 from which two texts count as saying the same. It belongs to the encoder and to no other. */
  readonly threshold: number;
}

/** Encoders whose layer and threshold are known. */
export const encoders: Readonly<Record<string, Encoder>> = {
  // The same text scores 1.0, its first half 0.84, another page 0.25; a light edit stays above 0.9.
  'builtin:minilm-l6': { layer: 6, threshold: 0.9 },
  // The paper's encoder and threshold.
  'microsoft/deberta-large-mnli': { layer: 18, threshold: 0.65 },
};
