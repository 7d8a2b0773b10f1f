/** A piece of the stream to the server; `text` where it runs a statement. */
export type Frame = { bytes: Buffer; text?: string }

/** Cuts the bytes of one connection into frames; keeps what is not complete yet. */
export type Framer = (chunk: Buffer) => Frame[]
