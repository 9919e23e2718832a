/** Where the form shows what the API finds wrong with `plan.first_days.0`. */
export function placeOf(field: string): string {
  return field.replace(/^plan\./, "").replace(/^first_days\..*/, "first_days");
}
