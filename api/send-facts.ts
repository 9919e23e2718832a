/** What the tracking endpoints need to know of a send. Constant while the send exists. */
export interface SendFacts {
  tenantId: string;
  /** Static link targets of the template version, in order. */
  links: readonly string[];
}

/**
 * Looks a send up once: a click storm belongs to few sends, and their facts never change. Concurrent askers share one
 * query; a failure is not remembered. The longest known send is forgotten when there are more than `capacity`.
 */
export function cacheSendFacts(
  load: (sendId: string) => Promise<SendFacts>,
  capacity = 1_000,
): (sendId: string) => Promise<SendFacts> {
  const known = new Map<string, Promise<SendFacts>>();
  return (sendId) => {
    const found = known.get(sendId);
    if (found) return found;
    const loading = load(sendId);
    known.set(sendId, loading);
    loading.catch(() => known.delete(sendId));
    const [oldest] = known.keys();
    if (known.size > capacity && oldest !== undefined) known.delete(oldest);
    return loading;
  };
}
