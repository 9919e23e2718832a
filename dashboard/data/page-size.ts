/** Rows of a page: what fits on a screen or two, and is quick to draw. */
export const pageSize = 50;
