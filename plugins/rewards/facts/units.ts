/**
 * One symbol for each unit and its spellings. Symbols are told apart by case (MB, mb), words are not and may end in s.
 * A spelling that is also a common word ("in", "a") or an ending ("1990s") is left out.
 */
const symbols: Readonly<Record<string, string>> = {
  mm: 'mm',
  cm: 'cm',
  m: 'm',
  km: 'km',
  'm²': 'm² m2 sqm',
  'km²': 'km² km2',
  ft: 'ft',
  yd: 'yd',
  mi: 'mi',
  mg: 'mg',
  g: 'g',
  kg: 'kg kgs',
  lb: 'lb lbs',
  oz: 'oz',
  ml: 'ml mL',
  l: 'l L',
  s: 'sec secs',
  ms: 'ms',
  min: 'min mins',
  h: 'h hr hrs',
  kB: 'kB KB KiB',
  MB: 'MB MiB',
  GB: 'GB GiB',
  TB: 'TB TiB',
  'km/h': 'km/h kmh kph',
  mph: 'mph',
  W: 'W',
  kW: 'kW',
  MW: 'MW',
  kWh: 'kWh',
  V: 'V',
  mAh: 'mAh',
  Hz: 'Hz',
  kHz: 'kHz',
  MHz: 'MHz',
  GHz: 'GHz',
  '°C': '°C',
  '°F': '°F',
  '°': '°',
  '%': '% ٪ ％',
  $: '$ US$ USD',
  '€': '€ EUR',
  '£': '£ GBP',
  '¥': '¥ JPY 円',
  '₹': '₹ INR',
};

const words: Readonly<Record<string, string>> = {
  mm: 'millimeter millimetre',
  cm: 'centimeter centimetre',
  m: 'meter metre',
  km: 'kilometer kilometre',
  in: 'inch inches',
  ft: 'foot feet',
  yd: 'yard',
  mi: 'mile',
  mg: 'milligram',
  g: 'gram gramm',
  kg: 'kilo kilogram',
  lb: 'pound',
  oz: 'ounce',
  ml: 'milliliter millilitre',
  l: 'liter litre',
  gal: 'gallon',
  cup: 'cup',
  tbsp: 'tbsp tablespoon',
  tsp: 'tsp teaspoon',
  s: 'second',
  min: 'minute',
  h: 'hour',
  d: 'day',
  week: 'week',
  month: 'month',
  year: 'year',
  MB: 'megabyte',
  GB: 'gigabyte',
  TB: 'terabyte',
  W: 'watt',
  kW: 'kilowatt',
  V: 'volt',
  Hz: 'hertz',
  '%': 'percent',
  $: 'dollar',
  '€': 'euro',
};

const symbolBySpelling: ReadonlyMap<string, string> = new Map(spellings(symbols));
const symbolByWord: ReadonlyMap<string, string> = new Map(
  spellings(words).flatMap(([word, symbol]) => [
    [word, symbol],
    [`${word}s`, symbol],
  ]),
);

function spellings(table: Readonly<Record<string, string>>): [spelling: string, symbol: string][] {
  return Object.entries(table).flatMap(([symbol, list]) =>
    list.split(' ').map((spelling): [string, string] => [spelling, symbol]),
  );
}

/** The one symbol of a unit, however it is written; undefined for what is no unit we know. */
export function findUnit(spelling: string): string | undefined {
  return symbolBySpelling.get(spelling) ?? symbolByWord.get(spelling.toLowerCase());
}
