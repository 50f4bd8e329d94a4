// telegraf: a WizardScene, its session in SQLite.
import http from "node:http";
import path from "node:path";
import { Markup, Scenes, session, Telegraf, Telegram } from "telegraf";
import { Api, CODES, LABELS, main, Outbox, Sessions, summary, W8 } from "./w8.mjs";

const asked = (number) =>
  Markup.inlineKeyboard([
    LABELS.map((label, at) => Markup.button.callback(label, `q${number}:${CODES[at]}`)),
  ]);
const CONFIRM = Markup.inlineKeyboard([
  Markup.button.callback("Send", "confirm:send"),
  Markup.button.callback("Cancel", "confirm:cancel"),
]);
const DONE = Markup.inlineKeyboard([Markup.button.callback("Done", "done")]);

class Program {
  build(folder, telegram) {
    const outbox = (this.outbox = new Outbox(folder));
    const sessions = (this.sessions = new Sessions(path.join(folder, "session.db")));
    const bot = (this.bot = new Telegraf(W8.token, { telegram }));
    bot.botInfo = W8.bot;
    const store = {
      get: (key) => sessions.read(key),
      set: (key, value) => sessions.write(key, value),
      delete: (key) => sessions.delete(key),
    };
    bot.use(session({ store }));
    const begin = async (ctx) => {
      ctx.wizard.state.said = {};
      await ctx.reply(W8.questions[0], asked(1));
      ctx.wizard.next();
    };
    const answer = (number) => async (ctx) => {
      const data = ctx.callbackQuery?.data;
      if (!data?.startsWith(`q${number}:`)) return;
      ctx.wizard.state.said[`q${number}`] = data.slice(3);
      ctx.wizard.next();
      await ctx.answerCbQuery();
      if (number < 4) await ctx.editMessageText(W8.questions[number], asked(number + 1));
      else await ctx.editMessageText(W8.ask_text);
    };
    const text = async (ctx) => {
      if (!ctx.message?.text) return;
      ctx.wizard.state.said.text = ctx.message.text;
      ctx.wizard.next();
      await ctx.reply(summary(ctx.wizard.state.said), CONFIRM);
    };
    const confirm = async (ctx) => {
      if (ctx.callbackQuery?.data !== "confirm:send") return;
      outbox.put(ctx.chat.id, summary(ctx.wizard.state.said));
      ctx.wizard.next();
      await ctx.answerCbQuery();
      await ctx.editMessageText(W8.queued, DONE);
    };
    const done = async (ctx) => {
      if (ctx.callbackQuery?.data !== "done") return;
      await ctx.answerCbQuery();
      await ctx.editMessageText(W8.bye);
      await ctx.scene.leave();
    };
    const steps = [begin, answer(1), answer(2), answer(3), answer(4), text, confirm, done];
    bot.use(new Scenes.Stage([new Scenes.WizardScene("concern", ...steps)]).middleware());
    bot.start((ctx) => ctx.scene.enter("concern"));
    bot.catch((error) => console.error(String(error)));
  }
  async setup(folder) {
    const api = (this.api = new Api());
    this.build(folder, { webhookReply: false });
    // Each update gets a client of its own, so it is the class that is stubbed.
    Telegram.prototype.callApi = async (method, payload) => {
      const sent = JSON.parse(JSON.stringify(payload));
      return JSON.parse(api.call(method, sent.chat_id)).result;
    };
  }
  async handle(json) {
    await this.bot.handleUpdate(JSON.parse(json));
  }
  async serve(folder, port, api) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
    this.build(folder, { apiRoot: api, agent, webhookReply: false });
    http.createServer(this.bot.webhookCallback("/hook")).listen(port, "127.0.0.1", 1024);
  }
}

await main(new Program());
