const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const user = new RegExp(`^${uuid}$`)
/** Also a client, a webhook, a key (its thumbprint), and the command line. */
const id = new RegExp(`^((c_|wh_)?${uuid}|first-party|[\\w-]{43}|cli)$`)

/** Whether `text` is an id of an account. */
export const isUserId = (text: string) => user.test(text)

/** Whether `text` is an id of a registered client. */
export const isClientId = (text: string) => text.startsWith('c_') && isUserId(text.slice(2))

/** Whether `text` is an id that events contain, and no username. */
export const isId = (text: string) => id.test(text)

/** When a UUIDv7 was made, to the millisecond (RFC 9562 §5.7); `undefined` for every other text. */
export const timeOfId = (text: string) =>
  isUserId(text) && text[14] === '7' ? new Date(Number.parseInt(text.replace('-', '').slice(0, 12), 16)) : undefined
