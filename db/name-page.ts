/** A page of what is listed by name; without a limit all of it. */
export interface NamePage {
  /** Last name of the page before. */
  after?: string | undefined;
  limit?: number | undefined;
}
