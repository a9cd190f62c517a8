/** A pair of texts and the verdict that a judge should give of it. */
export interface Example {
  readonly original: string;
  readonly rephrased: string;
  readonly verdict: '0' | '1';
}

/** Paragraphs kept, a list flattened, JSON kept, a code fence invented. Written for this prompt. */
export const examples: readonly Example[] = [
  {
    original:
      'Login | Basket\n\nOur ferry crosses the lake six times a day. It takes twenty cars.\n\nIn winter it stays in the harbour. Call before you come.',
    rephrased:
      'The ferry makes six trips over the lake each day and has room for twenty cars.\n\nIt does not leave the harbour in winter, so phone before your visit.',
    verdict: '1',
  },
  {
    original:
      'Pack for the hut:\n\n- a sleeping bag\n- a torch with spare batteries\n- food for two days\n\nWater is at the hut.',
    rephrased:
      'For the hut you should pack a sleeping bag, a torch with spare batteries, and food for two days. There is water at the hut.',
    verdict: '0',
  },
  {
    original: '{"station": "Nordhagen", "readings": [{"hour": 6, "rain": 2.5}, {"hour": 12, "rain": 0}]}',
    rephrased:
      '{\n  "station": "Nordhagen",\n  "readings": [\n    {"hour": 6, "rain": 2.5},\n    {"hour": 12, "rain": 0}\n  ]\n}',
    verdict: '1',
  },
  {
    original:
      'To see who is at work on the server, ask for the list of users. The newest one stands at the top.\n\nLog out when you are done.',
    rephrased: '```\nlist users on the server (newest first)\n```\n\nLog out when you are done.',
    verdict: '0',
  },
];
