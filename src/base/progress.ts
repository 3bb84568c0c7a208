/**
 * Receives what a long piece of work does now, and from 0 to 1 the `fraction` of it that is done. Without a fraction,
 * nobody knows how long the step takes that begins.
 */
export type OnProgress = (text: string, fraction?: number) => void
