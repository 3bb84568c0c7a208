import { defineConfig } from 'vite'

// Otherwise a linked `sallyport` brings the React of its own folder.
export default defineConfig({ resolve: { dedupe: ['react'] } })
