// A Bluesky network of its own on loopback, from npm's @atproto/dev-env: the reference PDS and, where a PostgreSQL is
// named, the AppView that makes notifications. Prints one line of JSON when it is ready; ends when stdin closes.
// Usage: SMDASH_BLUESKY_HOME=FOLDER [DB_POSTGRES_URL=…] node bluesky.cjs
'use strict'
const net = require('node:net')
const { createRequire } = require('node:module')

// dev-env listens on every address; a test's servers are nobody else's business.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (first, ...rest) {
  if (typeof first === 'number' || /^\d+$/.test(first)) {
    return listen.call(this, { port: Number(first), host: '127.0.0.1' }, ...rest.filter((one) => typeof one === 'function'))
  }
  if (first && typeof first === 'object' && first.port !== undefined) first = { ...first, host: '127.0.0.1' }
  return listen.call(this, first, ...rest)
}

async function main() {
  const env = createRequire(`${process.env.SMDASH_BLUESKY_HOME}/`)('@atproto/dev-env')
  const database = process.env.DB_POSTGRES_URL
  const pds = { hostname: 'localhost', enableDidDocWithSession: true }
  const made = database
    ? await env.TestNetwork.create({ pds, dbPostgresUrl: database, dbPostgresSchema: 'smdash' })
    : await env.TestNetworkNoAppView.create({ pds })
  // The service for direct messages is not to be had. The PDS must only find its name to say who lacks the right to it.
  const dids = made.pds.ctx.idResolver.did
  const resolve = dids.resolve.bind(dids)
  const chat = 'did:web:api.bsky.chat'
  const service = { id: '#bsky_chat', type: 'BskyChatService', serviceEndpoint: 'http://localhost:9' }
  dids.resolve = (did, ...rest) => (did === chat ? { id: chat, service: [service] } : resolve(did, ...rest))
  console.log(JSON.stringify({ pds: made.pds.url, appview: made.bsky ? made.bsky.url : null }))
  process.stdin.resume()
  process.stdin.on('end', () => made.close().finally(() => process.exit(0)))
}

main().catch((problem) => {
  console.error(problem)
  process.exit(1)
})
