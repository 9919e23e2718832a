/** The figures that engines are compared by. */
export const speedMetric = "emails a minute";
export const cpuMetric = "CPU an email";
