import type { Completion, JsonObject } from '@repro/sdk/contract';

/** For a score's details: how many tokens of each named part the judge saw. Nothing when it saw them whole. */
export function cutsOf(
  completion: Completion | undefined,
  parts: Readonly<Record<string, number>>,
): JsonObject | undefined {
  const cuts = completion?.outcome === 'completed' ? (completion.cuts ?? []) : [];
  const named = Object.entries(parts).flatMap(([name, part]) =>
    cuts
      .filter((cut) => cut.part === part)
      .map(({ tokensFound, tokensKept }) => [name, { tokensFound, tokensKept }] as const),
  );
  return named.length === 0 ? undefined : Object.fromEntries(named);
}
