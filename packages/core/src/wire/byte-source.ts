/** Random access to a model's bytes: a file, an in-memory buffer, a browser `Blob`. */
export interface ByteSource {
  /** Size, bytes. */
  readonly size: number;
  /**
   * Bytes of the half-open range [start, end).
   *
   * The range lies inside [0, size]; the result may be a view that shares memory with the source.
   */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A {@link ByteSource} over bytes that are in memory already; nothing is copied. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
  };
}

/** A half-open range of bytes, [start, end). */
export interface ByteRange {
  /** First byte. */
  readonly start: number;
  /** One past the last byte. */
  readonly end: number;
}
