import { chromium } from 'playwright-core'
const [dir,out,width,...names]=process.argv.slice(2)
const b=await chromium.launch({executablePath:'/usr/bin/chromium',args:['--no-sandbox','--disable-gpu','--allow-file-access-from-files']})
const p=await b.newPage({viewport:{width:Number(width),height:800}})
import {writeFileSync} from 'node:fs'
writeFileSync('/tmp/sheet.html',`<body style="margin:8px;background:#bbb;display:flex;flex-wrap:wrap;gap:8px;align-items:start">`+names.map(n=>{const [f,w]=n.split('@');return `<figure style="margin:0"><figcaption style="font:12px sans-serif">${f}</figcaption><img src="file://${dir}/${f}.jpg" width="${w}"></figure>`}).join(''))
await p.goto('file:///tmp/sheet.html'); await p.waitForTimeout(500)
await p.screenshot({path:out,fullPage:true}); await b.close()
