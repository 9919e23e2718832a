/** Reports come first in what returns; the returned message behind them is not needed whole. */
export const keptBytes = 1024 * 1024;
