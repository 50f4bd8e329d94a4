// telegram-test-api (npm) on 127.0.0.1: node telegram_test_api.cjs FOLDER PORT
const { createRequire } = require('module');
const [folder, port] = process.argv.slice(2);
const TelegramServer = createRequire(`${folder}/`)('telegram-test-api');
const server = new TelegramServer({ host: '127.0.0.1', port: Number(port), storeTimeout: 600 });
server.start().then(() => console.log('ready'));
