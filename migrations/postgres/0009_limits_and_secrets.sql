ALTER TABLE "recovery_codes" ADD COLUMN "key_sealed" text;--> statement-breakpoint
DROP INDEX "mail_due";--> statement-breakpoint
CREATE INDEX "mail_due" ON "mail" USING btree ("next_attempt_at","id");