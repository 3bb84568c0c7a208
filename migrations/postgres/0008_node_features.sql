ALTER TABLE "nodes" ADD COLUMN "features" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
INSERT INTO "nodes" ("id", "host", "version", "runtime", "started_at", "seen_at")
SELECT gen_random_uuid(), 'unknown', '0.2.0', 'unknown', now(), now() WHERE EXISTS (SELECT 1 FROM "users");
