// A reader with a defect behind five bytes. The fuzzer has to find them one by one, by the branches that they open:
// guesses without coverage would need 2^40 attempts.

export function fuzz(data: Buffer) {
  if (data[0] !== 0x3c) return
  if (data[1] !== 0xd2) return
  if (data[2] !== 0x00) return
  if (data[3] !== 0x81) return
  if (data[4] === 0x3b) throw new Error('the planted defect')
}
