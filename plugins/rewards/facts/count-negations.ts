const word = (list: string) => new RegExp(`(?<![\\p{L}\\p{N}])(?:${list})(?![\\p{L}\\p{N}])`, 'giu');

/** "not only" and "No. 5" deny nothing. French counts the second half of its pair, which speech leaves standing. */
const negations: Readonly<Record<string, RegExp>> = {
  en: word("not(?! only)|never|no(?!\\.? ?\\d)|none|nor|neither|nobody|nothing|cannot|without|\\p{L}{2,7}n['’]t"),
  de: word('nicht(?! nur)|kein(?:e[mnrs]?)?|nie(?:mals)?|niemand|nichts|ohne'),
  fr: word('pas|jamais|aucune?|rien|sans|ni'),
  es: word('no(?! solo| sólo)|nunca|jamás|ningun[oa]?|ningún|nadie|nada|sin|ni|tampoco'),
  pt: word('não(?! só)|nunca|jamais|nenhuma?|ninguém|nada|sem|nem'),
  it: word('non(?! solo)|mai|nessun[oa]?|niente|nulla|senza|né'),
  nl: word('niet(?! alleen)|geen|nooit|niemand|niets|zonder'),
  ru: word('не|нет|ни|никогда|никто|ничего|без'),
  ar: word('لا|لم|لن|ليس|ليست|بدون'),
  hi: word('नहीं|मत|बिना'),
  zh: /[不没沒无無未非别別]/gu,
  ja: /ない|なかった|ません|なく|ずに/gu,
};

/** How often a text denies something, by a short list of words of its language; 0 for a language without a list. */
export function countNegations(text: string, language: string | undefined): number {
  const pattern = language === undefined ? undefined : negations[language];
  return pattern === undefined ? 0 : (text.match(pattern)?.length ?? 0);
}
