const { method, path: url, headers, body: payload } = JSON.parse(process.env.REQUEST)

/** Answers the request in REQUEST, and ends the process: with 0 if the response is a success. */
export async function answer(app) {
  const { statusCode, body } = await app.inject({ method, url, headers, payload })
  if (statusCode === 200) process.exit()
  console.error(`${method} ${url} answered ${statusCode}: ${body}`)
  process.exit(1)
}
