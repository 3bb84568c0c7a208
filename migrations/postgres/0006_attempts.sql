DELETE FROM "throttle";--> statement-breakpoint
ALTER TABLE "throttle" ADD COLUMN "waits_until" bigint NOT NULL;--> statement-breakpoint
ALTER TABLE "throttle" ADD COLUMN "forgiven_at" bigint NOT NULL;--> statement-breakpoint
ALTER TABLE "throttle" ADD COLUMN "forgive_ms" bigint NOT NULL;--> statement-breakpoint
ALTER TABLE "throttle" ADD COLUMN "free" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "throttle" ADD COLUMN "most" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "throttle" ADD COLUMN "longest_ms" bigint NOT NULL;--> statement-breakpoint
ALTER TABLE "throttle" DROP COLUMN "last_at";