/**
 * The numbers in a run of digits and separators, each in one spelling: `1,000`, `1'000` and `1000` are one number, so
 * are `5` and `5.00`. `1.000` is a decimal and `1,5` a pair, unless the rest of the run shows another use (`1.000,50`).
 */
export function writeNumbers(run: string): readonly string[] {
  if (/^\d{1,3}(?:[,'’]\d{3})+(?:\.\d+)?$/.test(run)) {
    return [withoutZeroDecimals(run.replace(/[,'’]/g, ''))];
  }
  if (/^\d{1,3}(?:(?:\.\d{3}){2,}(?:,\d+)?|\.\d{3},\d+)$/.test(run)) {
    return [withoutZeroDecimals(run.replaceAll('.', '').replace(',', '.'))];
  }
  return run.split(/[,'’]/).map(withoutZeroDecimals);
}

function withoutZeroDecimals(number: string): string {
  return /^\d+\.0+$/.test(number) ? number.slice(0, number.indexOf('.')) : number;
}

/** `5.25` by 6 places is `5250000`. On the digits, so that nothing is rounded. */
export function shiftDecimals(number: string, places: number): string {
  const [whole = '', decimals = '', ...more] = number.split('.');
  if (more.length > 0) {
    return number;
  }
  const rest = decimals.slice(places).replace(/0+$/, '');
  const shifted = (whole + decimals.slice(0, places).padEnd(places, '0')).replace(/^0+(?=\d)/, '');
  return rest === '' ? shifted : `${shifted}.${rest}`;
}
