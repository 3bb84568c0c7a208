import { invalidMember } from '../base/errors.ts'
import { hasMeaninglessInvisible } from '../base/invisible-characters.ts'

const maxLength = 64

/** Throws a 400 about `/name` unless the name has 1 to 64 visible characters, and no space around them. */
export function assertItemName(name: string) {
  const { length } = [...name]
  const isVisible = !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name) && !hasMeaninglessInvisible(name)
  if (length < 1 || length > maxLength || name.trim() !== name || !isVisible)
    throw invalidMember('/name', `must have 1 to ${maxLength} visible characters and no leading or trailing spaces`)
}
