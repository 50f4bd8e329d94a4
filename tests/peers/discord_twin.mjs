// discord-digital-twin (npm) on 127.0.0.1: node discord_twin.mjs FOLDER PORT
// PORT is for whoever drives it. The twin knows servers only, so what a parent does is mended into
// direct messages on its way to the bot, and the one call that opens these is added.
import http from 'node:http'
import { pathToFileURL } from 'node:url'

const [folder, port] = process.argv.slice(2)
const where = pathToFileURL(`${folder}/node_modules/discord-digital-twin/dist/index.js`)
const { DigitalDiscord } = await import(where.href)

const PARENT = '20001'
const DIRECT = '70001'
const SERVER = '70002'
const twin = new DigitalDiscord({
  users: [{ id: PARENT, username: 'parent' }],
  channels: [{ id: SERVER, name: 'general', type: 0 }],
  dbUrl: `file:${folder}/twin-${process.pid}.db`,
})
await twin.start()
await twin.prisma.channel.create({ data: { id: DIRECT, type: 1, name: 'direct' } })

const { gateway, httpServer } = twin.server
const broadcast = gateway.broadcast.bind(gateway)
gateway.broadcast = (event, data) => {
  if (data.channel_id === DIRECT) {
    const user = data.member?.user
    data = { ...data, ...(user ? { user, context: 1, channel: { id: DIRECT, type: 1 } } : {}) }
    for (const key of ['guild_id', 'guild_locale', 'member']) delete data[key]
    if (data.message) for (const key of ['guild_id', 'member']) delete data.message[key]
  }
  broadcast(event, data)
}

const [answer] = httpServer.listeners('request')
httpServer.removeAllListeners('request')
httpServer.on('request', (request, response) => {
  if (request.method === 'POST' && request.url === '/api/v10/users/@me/channels') {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ id: DIRECT, type: 1, recipients: [{ id: PARENT }] }))
  } else {
    answer(request, response)
  }
})

const does = {
  about: async () => ({ url: twin.restUrl, token: twin.botToken }),
  say: ({ text }) =>
    twin.simulateUserMessage({ channelId: DIRECT, userId: PARENT, content: text }),
  command: ({ name, server }) =>
    twin.simulateSlashCommand({ channelId: server ? SERVER : DIRECT, userId: PARENT, name }),
  press: ({ message, custom_id: customId }) =>
    twin.simulateButtonClick({ channelId: DIRECT, userId: PARENT, messageId: message, customId }),
  form: ({ custom_id: customId, field, text }) =>
    twin.simulateModalSubmit({
      channelId: DIRECT,
      userId: PARENT,
      customId,
      fields: [{ customId: field, value: text }],
    }),
  answers: async ({ id }) =>
    twin.prisma.interactionResponse.findUnique({ where: { interactionId: id } }),
  messages: async ({ server }) => {
    const found = await twin.prisma.message.findMany({
      where: { channelId: server ? SERVER : DIRECT, authorId: twin.botUserId },
    })
    found.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))
    return found.map(({ id, content, components, flags }) => ({
      id,
      content,
      flags,
      components: JSON.parse(components || '[]'),
    }))
  },
}

http
  .createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const { what, ...rest } = JSON.parse(body)
    const result = await does[what](rest)
    response.end(JSON.stringify(result ?? null, (_, v) => (typeof v === 'bigint' ? `${v}` : v)))
  })
  .listen(Number(port), '127.0.0.1')
