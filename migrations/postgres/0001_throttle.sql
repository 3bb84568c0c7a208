CREATE TABLE "known_prefixes" (
	"user_id" text NOT NULL,
	"prefix" text NOT NULL,
	"last_login_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "known_prefixes_user_id_prefix_pk" PRIMARY KEY("user_id","prefix")
);
--> statement-breakpoint
CREATE TABLE "throttle" (
	"key" text PRIMARY KEY NOT NULL,
	"last_at" bigint NOT NULL,
	"clears_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "known_prefixes" ADD CONSTRAINT "known_prefixes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "known_prefixes_login" ON "known_prefixes" USING btree ("last_login_at");--> statement-breakpoint
CREATE INDEX "throttle_clears" ON "throttle" USING btree ("clears_at");