/** A number with three significant digits, or with all digits before the point. */
export const shown = (value: number) =>
  value.toLocaleString('en', value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 })
