declare module "@opentelemetry/otlp-transformer/build/src/generated/root.js" {
  interface MessageType {
    decode(bytes: Uint8Array): unknown;
    toObject(message: unknown, options: { bytes?: typeof String; longs?: typeof String }): object;
  }
  const root: {
    opentelemetry: {
      proto: { collector: { trace: { v1: { ExportTraceServiceRequest: MessageType } } } };
    };
  };
  export default root;
}
