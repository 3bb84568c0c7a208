ALTER TABLE "clients" ADD COLUMN "dpop_bound" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "passkeys" ADD COLUMN "confirmed_at" timestamp (3) with time zone DEFAULT 'epoch';--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "jkt" text;