INSERT INTO `audit` (`at`, `action`, `subject`, `detail`)
SELECT CAST(unixepoch('subsec') * 1000 AS integer), 'factor.removed', `user_id`, '{"type":"passkey","reason":"not confirmed"}' FROM `passkeys` WHERE `confirmed_at` IS NULL;--> statement-breakpoint
UPDATE `users` SET `login_epoch` = `login_epoch` + 1
WHERE `id` IN (SELECT `user_id` FROM `passkeys` WHERE `confirmed_at` IS NULL);--> statement-breakpoint
UPDATE `sessions` SET `revoked_at` = unixepoch() * 1000, `ends_on` = unixepoch() / 86400
WHERE `revoked_at` IS NULL AND `user_id` IN (SELECT `user_id` FROM `passkeys` WHERE `confirmed_at` IS NULL);--> statement-breakpoint
DELETE FROM `mail` WHERE `kind` = 'passkey_created';--> statement-breakpoint
DELETE FROM `passkeys` WHERE `confirmed_at` IS NULL;--> statement-breakpoint
UPDATE `passkeys` SET `created_at` = `confirmed_at` WHERE `confirmed_at` > `created_at`;--> statement-breakpoint
ALTER TABLE `passkeys` DROP COLUMN `confirmed_at`;