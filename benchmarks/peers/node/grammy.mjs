// grammY with its conversations plugin, their state in SQLite.
import http from "node:http";
import path from "node:path";
import { conversations, createConversation } from "@grammyjs/conversations";
import { Bot, InlineKeyboard, webhookCallback } from "grammy";
import { Api, CODES, LABELS, main, Outbox, Sessions, summary, W8 } from "./w8.mjs";

const asked = (number) => {
  const keyboard = new InlineKeyboard();
  LABELS.forEach((label, at) => keyboard.text(label, `q${number}:${CODES[at]}`));
  return keyboard;
};
const CONFIRM = new InlineKeyboard().text("Send", "confirm:send").text("Cancel", "confirm:cancel");
const DONE = new InlineKeyboard().text("Done", "done");

class Program {
  build(folder, client) {
    const outbox = (this.outbox = new Outbox(folder));
    this.sessions = new Sessions(path.join(folder, "session.db"));
    const bot = (this.bot = new Bot(W8.token, { botInfo: W8.bot, client }));
    bot.use(conversations({ storage: this.sessions }));
    async function concern(conversation, ctx) {
      const said = {};
      await ctx.reply(W8.questions[0], { reply_markup: asked(1) });
      for (let number = 1; number <= 4; number++) {
        const press = await conversation.waitForCallbackQuery(new RegExp(`^q${number}:`));
        said[`q${number}`] = press.callbackQuery.data.slice(3);
        await press.answerCallbackQuery();
        if (number === 4) await press.editMessageText(W8.ask_text);
        else
          await press.editMessageText(W8.questions[number], { reply_markup: asked(number + 1) });
      }
      const words = await conversation.waitFor("message:text");
      said.text = words.message.text;
      await words.reply(summary(said), { reply_markup: CONFIRM });
      const sent = await conversation.waitForCallbackQuery("confirm:send");
      await conversation.external(() => {
        outbox.put(sent.chat.id, summary(said));
      });
      await sent.answerCallbackQuery();
      await sent.editMessageText(W8.queued, { reply_markup: DONE });
      const last = await conversation.waitForCallbackQuery("done");
      await last.answerCallbackQuery();
      await last.editMessageText(W8.bye);
    }
    bot.use(createConversation(concern));
    bot.command("start", async (ctx) => {
      await ctx.conversation.enter("concern");
    });
    bot.catch((error) => console.error(String(error.error)));
  }
  async setup(folder) {
    const api = (this.api = new Api());
    const fetch = async (url, options) => {
      const sent = options.body ? JSON.parse(options.body) : {};
      const answer = api.call(String(url).split("/").pop(), sent.chat_id);
      return { ok: true, status: 200, json: async () => JSON.parse(answer) };
    };
    this.build(folder, { fetch });
    await this.bot.init();
  }
  async handle(json) {
    await this.bot.handleUpdate(JSON.parse(json));
  }
  async serve(folder, port, api) {
    this.build(folder, { apiRoot: api });
    http.createServer(webhookCallback(this.bot, "http")).listen(port, "127.0.0.1", 1024);
  }
}

await main(new Program());
