/** How long an ended session stays in the database, in milliseconds: a day. */
export const keepEndedMs = 86_400_000
