-- Written by hand where the rows get their numbers; the rest is as drizzle-kit made it.
DROP INDEX "audit_subject";--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "seq" bigint;--> statement-breakpoint
UPDATE "audit" SET "seq" = "numbered"."seq" FROM (SELECT "id", row_number() OVER (ORDER BY "id" COLLATE "C") AS "seq" FROM "audit") AS "numbered" WHERE "audit"."id" = "numbered"."id";--> statement-breakpoint
ALTER TABLE "audit" DROP COLUMN "id";--> statement-breakpoint
ALTER TABLE "audit" ADD PRIMARY KEY ("seq");--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "hash" text;--> statement-breakpoint
CREATE INDEX "audit_at" ON "audit" USING btree ("at");--> statement-breakpoint
CREATE INDEX "audit_subject" ON "audit" USING btree ("subject","at");