"""What the contract says, point by point; each is checked by a test that names it.

A point that no client can see from outside is checked nearer to its code: `ELSEWHERE` says by which tests.
"""

from collections.abc import Mapping, Sequence

RULES = {
    "json.camel": "Bodies are JSON with camelCase keys.",
    "id.uuid": "Ids are UUIDs; a malformed one is 400.",
    "time.wire": "Times are UTC, ISO 8601 with milliseconds and Z.",
    "optional.left-out": "An optional field that is empty is left out, never null.",
    "success.one": "One thing comes as success and data.",
    "success.list": "A list adds total; a paged one page and limit.",
    "success.delete": "A delete answers 200 with the id that is gone.",
    "success.old-keys": "Routes kept for old clients carry their old keys beside data.",
    "failure.shape": "A failure has error {code, message, timestamp, requestId, details?}; message and code on top.",
    "failure.codes": "Each code has its status.",
    "failure.everywhere": "Unknown routes, wrong methods, malformed JSON and crashes have that shape, too.",
    "failure.details": "details is a list with one entry a finding.",
    "failure.no-leaks": "No SQL, stack, path or library name reaches a client.",
    "request-id": "The request id is in failures and in X-Request-Id.",
    "page.bounds": "page is at least 1, limit 1 to 100 (20 unless given); anything else is 400.",
    "page.past-end": "A page past the end is empty and has the true total.",
    "body.unknown-keys": "Unknown keys of a body are ignored.",
    "text.controls": "NUL, lone surrogates and control characters are 400; tab and newline may stand in descriptions.",
    "body.size": "JSON bodies may have 1 MiB.",
    "body.type": "A JSON body comes as application/json in UTF-8; another charset, another type or none is 415.",
    "body.null-on-create": "null on a create means not given.",
    "patch.empty": "A PATCH with {} is 200 and changes nothing.",
    "write.seen": "What a write has answered, every later read sees, on either side.",
    "search.within-5s": "A search sees it within 5 s.",
    "list.newest-first": "Lists of images, albums and the gallery begin with the newest createdAt.",
    "title.length": "Titles have 1 to 200 characters after trimming.",
    "title.old-rows": "Rows with longer titles are served, and a PATCH that leaves the title alone keeps them.",
    "auth.statuses": "Not signed in 401, somebody else's 403, no such thing 404.",
    "auth.every-request": "That is checked on every request, also on a cache hit.",
}
SIGNING_IN = {
    "token.where": "A bearer token, else the cookie token.",
    "token.header-decides": "A header that is present decides; the cookie does not rescue a bad one.",
    "token.cognito": "Cognito's tokens: RS256 by the pool's keys, issuer, expiry with 60 s of leeway.",
    "token.use": "An access token's client is client_id, an id token's aud.",
    "token.algorithms": "No other algorithm.",
    "token.keys-cached": "The keys are cached and fetched again, rate-limited, for an unknown kid.",
    "token.authorizer": "Claims that API Gateway has verified are used as they are.",
    "token.no-headers": "Claims in HTTP headers are never trusted.",
    "csrf.origin": "A write signed in by cookie needs an allowed Origin or the double-submit pair, else CSRF_FAILED.",
    "csrf.bearer": "Bearer requests need neither.",
    "csrf.route": "GET /api/csrf gives a token and sets XSRF-TOKEN.",
    "admin": "An admin may see, change and delete other users' MOCs, MOC files, images and albums.",
}
CORS = {
    "cors.origins": "The stage's own origins are allowed, with credentials; no other is.",
    "cors.methods": "GET POST PUT PATCH DELETE OPTIONS.",
    "cors.headers": "Content-Type, Authorization, X-Requested-With, X-CSRF-Token and Cache-Control may be sent.",
    "cors.max-age": "Preflights are good for 3600 s.",
    "cors.exposed": "X-Request-Id and Retry-After may be read.",
    "cors.errors": "Also on failures.",
    "cors.never-star": "Never * with credentials.",
}
PUBLIC = {
    "public": "Only /health, / and /api/csrf need no user.",
    "health.shape": "status, service, components and timestamp.",
    "health.degraded": "degraded (200) without Redis or the search engine, unhealthy (503) without the database.",
    "health.fresh": "Checks run side by side, each under 2 s; not cached over 5 s.",
    "health.unlimited": "Health is never rate limited.",
}
MOCS = {
    "mocs.list": "Own MOCs, newest updatedAt first; page, limit, search, tag.",
    "mocs.list.search-order": "With search, by score, then updatedAt.",
    "mocs.list.blank": "A blank search or tag counts as not given.",
    "mocs.search": "/api/mocs/search also takes q, from and size and answers mocs beside data.",
    "mocs.create": "201 with every field that was given.",
    "mocs.create.required": "A moc needs author, a set needs brand.",
    "mocs.create.bounds": "Each field has its bounds.",
    "mocs.title-once": "The same title twice is 409, also on PATCH, also in a race.",
    "mocs.detail": "A MOC comes with files, images and partsLists.",
    "mocs.patch": "PATCH and PUT mean the same: any of the fields.",
    "mocs.patch.type": "type can't change.",
    "mocs.patch.null": "null clears an optional field; what the type requires can't be cleared.",
    "mocs.delete": "Files (S3, too), image links and parts lists go; gallery images stay.",
    "with-files": "POST with-files makes a MOC with instructions, parts lists and images from one form.",
    "with-files.bounds": "1 to 10 instructions, up to 10 parts lists, up to 3 images.",
    "files.kinds": "PDF, XML, CSV, JSON or TXT parts lists, .io; thumbnails JPEG PNG WebP.",
    "files.type": "fileType is instruction, parts-list or thumbnail, inferred when it is not given, 400 otherwise.",
    "files.thumbnail": "A thumbnail also sets thumbnailUrl.",
    "files.one": "One file answers its metadata.",
    "files.several": "Several answer uploaded and failed: 201 if any was stored, 400 with an entry a file if none was.",
    "files.parsed": "Parts lists sent there are parsed, too.",
    "files.name-once": "The same name twice for a MOC is 409.",
    "files.ten": "Up to 10 files a request, in the field file or files.",
    "files.parallel": "Several are handled in parallel.",
    "files.delete": "DELETE of a file.",
    "files.download": "302 to a presigned URL of 15 minutes; ?format=json tells it.",
    "parts.upload": "202 with the file and partsListId; parsing goes on behind it.",
    "parts.detail": "A list's status, errors, totalParts, rows and parts, paged.",
    "parts.in-moc": "The MOC's partsLists show status and counts.",
    "parts.old-route": "POST /api/mocs/upload-parts-list with mocId answers after parsing, 201, in the old shape.",
    "links.images": "Gallery images are linked, listed and unlinked; a double link is 409.",
    "links.albums": "The same for albums.",
    "stats.by-category": "The ten largest categories.",
    "stats.over-time": "The last twelve months by month.",
}
GALLERY = {
    "images.list": "Own images outside any album; page, limit, search, tag, albumId.",
    "images.detail": "One image.",
    "images.create": "Multipart image; the title defaults to the file's name.",
    "images.tags": "Tags come repeated, with commas, or as JSON text.",
    "images.album-own": "albumId must be the user's own.",
    "images.patch": "title, description, tags, albumId; null clears.",
    "images.delete": "The row, both objects and the document go.",
    "flag": "Any image can be flagged, also somebody else's, once by each user.",
    "albums.list": "With imageCount and coverImageUrl.",
    "albums.detail": "With images.",
    "albums.write": "Albums are made and changed.",
    "albums.delete": "The images stay, outside any album.",
    "gallery": "Images and albums in one list with items, nextCursor and hasMore.",
}
WISHLIST = {
    "wishlist.list": "All own items by sortOrder; category and search.",
    "wishlist.search": "GET /search.",
    "wishlist.detail": "GET /{id}.",
    "wishlist.create": "title; description up to 2000; links are http(s) URLs; category up to 100.",
    "wishlist.sort-order": "sortOrder is text or number, the last unless given.",
    "wishlist.patch": "PATCH and PUT.",
    "wishlist.delete": "The item and its image go.",
    "wishlist.reorder": "All or nothing, by items or itemOrders.",
    "wishlist.reorder.foreign": "A foreign or unknown id is 403 and nothing changes.",
    "wishlist.reorder.twice": "A duplicate id is 400.",
    "wishlist.image": "An image of at most 800 px.",
    "wishlist.numeric": "Numbers order as numbers.",
}
USERS = {
    "users.own": "Own only: any other id is 403; me is the user's own.",
    "users.shape": "sub, email, name?, picture? and stats.",
    "users.patch": "name of 1 to 100 characters.",
    "users.avatar": "POST avatar: a square of 256 px.",
    "users.avatar.delete": "DELETE avatar, 200 also without one.",
    "users.picture-version": "picture carries a version.",
}
UPLOADS = {
    "presign": "201 with uploadId, url, fields and expiresAt, for ten minutes.",
    "presign.bound": "The form is bound to key, type and size.",
    "complete": "complete validates as the multipart route does and answers as it does.",
    "complete.deletes": "Bytes that fail are deleted.",
    "presign.routes": "Images, MOC files, parts lists, wishlist images and avatars have both.",
    "too-large": "413 with the presign route in details.",
    "too-large.gateway": "On Lambda the gateway refuses by itself what it can't carry, about 4.5 MB of file and more.",
    "limits": "Images 20 MB, MOC files and parts lists 10 MB, avatars and wishlist images 5 MB.",
    "type.by-bytes": "The bytes decide the type; extension and declared type must agree.",
    "type.csv": "CSV may come as octet-stream, text/plain or vnd.ms-excel.",
    "download.attachment": "Downloads are attachments with a safe name.",
    "scan": "A hit is 422, an unreachable scanner 503.",
}
IMAGES = {
    "image.kinds": "JPEG, PNG, WebP, and HEIC when it can be read.",
    "image.upright": "Oriented by EXIF first.",
    "image.width": "At most 2048 px wide, never enlarged, WebP.",
    "image.quality": "WebP of quality 80.",
    "image.metadata": "All metadata stripped, colours in sRGB.",
    "image.thumbnail": "A thumbnail 400 px wide.",
    "image.animated": "The first frame of animations.",
    "image.pixels": "At most 50 megapixels, told from the header.",
    "image.keys": "Each kind lies under its key.",
    "image.old-urls": "Old rows' relative URLs are served as they are; deleting them does not fail.",
}
PARTS_LISTS = {
    "list.csv": "Comma, semicolon or tab; quotes; BOM; UTF-8, UTF-16 or Windows-1252; CR, LF or CRLF.",
    "list.formats": "Plain text, JSON (an array, or under parts) and BrickLink XML.",
    "list.aliases": "Columns are told by many names; case, spaces, _ and - do not count.",
    "list.required": "Only part and quantity are required.",
    "list.real": "The files that people really have come to their known totals.",
    "list.bad-rows": "A bad row is reported with line, code and message, and skipped; the first 100 are kept.",
    "list.no-good-row": "A file without a good row fails.",
    "list.limits": "Up to 100,000 rows.",
    "list.streamed": "A list is streamed, not held.",
    "list.one-transaction": "The list's row, its parts and the MOC's sum are written in one transaction.",
    "list.sum": "totalPieceCount is the sum over the MOC's lists.",
    "list.once": "Parsing the same upload twice changes nothing.",
    "list.failed": "A failed parse leaves the list marked failed with its reasons.",
}
SEARCH_AND_CACHE = {
    "search.hit-complete": "A hit shows everything.",
    "search.fields": "Title counts most; fuzzy; theme and author for MOCs.",
    "search.fallback": "Without the engine, or after 800 ms, title and description are searched literally.",
    "search.never-delays": "Indexing neither fails nor delays a request.",
    "cache.ttl": "300 s lists, 600 s details and profile, with jitter.",
    "cache.keys": "Every parameter that changes the answer is in its key.",
    "cache.cluster": "Invalidation by generation, never KEYS, safe in cluster mode.",
    "cache.errors": "Errors are never cached.",
    "cache.one-load": "One miss on a hot key makes one query.",
    "cache.down": "Redis down: one log line, the same answer.",
    "database.additive": "The nine tables stand as they are; only additions.",
    "database.tolerant": "No trigger is relied on; zoned times are tolerated; migrations are safe while both run.",
}

POINTS: Mapping[str, str] = {
    **RULES, **SIGNING_IN, **CORS, **PUBLIC, **MOCS, **GALLERY, **WISHLIST, **USERS, **UPLOADS, **IMAGES,
    **PARTS_LISTS, **SEARCH_AND_CACHE,
}  # fmt: skip

_SERVICE = "tests/integration/service"

ELSEWHERE: Mapping[str, Sequence[str]] = {
    "title.old-rows": (
        f"{_SERVICE}/test_old_rows.py::test_a_title_of_255_characters_is_served_and_kept_by_a_patch_of_something_else",
    ),
    "token.use": (f"{_SERVICE}/test_signing_in.py::test_what_the_contract_takes_is_taken",),
    "token.cognito": (f"{_SERVICE}/test_signing_in.py::test_the_leeway_is_60_seconds_and_no_more",),
    "token.keys-cached": (
        f"{_SERVICE}/test_signing_keys.py::test_they_are_fetched_once_for_all_who_wait_and_kept",
        f"{_SERVICE}/test_signing_keys.py::test_ten_thousand_unknown_keys_cost_one_more_request",
    ),
    "token.authorizer": (
        f"{_SERVICE}/test_lambda.py::test_they_say_who_it_is_without_any_token",
        f"{_SERVICE}/test_lambda.py::test_nothing_is_verified_twice",
    ),
    "health.degraded": (
        f"{_SERVICE}/test_health.py::test_without_redis_or_search_it_is_degraded_and_still_takes_traffic",
        f"{_SERVICE}/test_health.py::test_without_the_database_it_is_unhealthy_and_503",
    ),
    "health.fresh": (
        f"{_SERVICE}/test_health.py::test_servers_that_accept_and_stay_silent_are_given_up_side_by_side",
        f"{_SERVICE}/test_health.py::test_the_answer_is_fresh_within_five_seconds",
    ),
    "files.parallel": (
        f"{_SERVICE}/test_moc_files_several.py::test_files_are_handled_side_by_side_but_only_a_few_at_once",
    ),
    "list.real": ("tests/stack/test_parts_lists.py::test_a_real_file_is_counted",),
    "list.streamed": (
        "tests/unit/service/test_parts_list_memory.py::test_no_list_of_any_format_takes_more_than_256_mb",
    ),
    "list.one-transaction": (
        f"{_SERVICE}/test_parts_list_parsing.py::test_a_parse_that_dies_half_way_leaves_the_list_as_it_was",
    ),
    "list.once": (
        f"{_SERVICE}/test_parts_list_events.py::test_events_and_jobs_in_any_order_and_number_change_nothing_more",
        f"{_SERVICE}/test_parts_list_parsing.py::test_the_same_job_four_times_at_once_is_done_once",
    ),
    "search.fallback": (
        f"{_SERVICE}/test_moc_search.py::test_words_are_found_literally",
        f"{_SERVICE}/test_moc_search.py::test_an_engine_that_hangs_costs_no_more_than_its_timeout",
    ),
    "search.never-delays": (
        f"{_SERVICE}/test_moc_search.py::test_writes_succeed_while_the_engine_is_down_and_nobody_waits_for_it",
        f"{_SERVICE}/test_moc_search.py::test_a_write_does_not_wait_for_an_engine_that_hangs",
    ),
    "cache.ttl": (f"{_SERVICE}/test_cache.py::test_lists_live_for_five_minutes_and_details_for_ten_less_some_jitter",),
    "cache.keys": (
        f"{_SERVICE}/test_cache.py::test_somebody_elses_cached_answer_is_never_served",
        f"{_SERVICE}/test_cache.py::test_users_whose_names_begin_alike_share_nothing",
    ),
    "cache.cluster": (
        f"{_SERVICE}/test_redis_cluster.py::test_a_write_ends_all_of_one_users_values_and_nobody_elses",
        f"{_SERVICE}/test_redis_cluster.py::test_what_is_fetched_together_lies_in_one_slot",
    ),
    "cache.errors": (f"{_SERVICE}/test_cache.py::test_errors_are_never_cached",),
    "cache.one-load": (f"{_SERVICE}/test_cache.py::test_a_hundred_readers_of_one_cold_key_make_one_query",),
    "cache.down": (
        f"{_SERVICE}/test_faults_redis.py::test_redis_that_refuses_is_lived_without_and_used_again_when_it_is_back",
    ),
    "database.additive": (
        "tests/integration/test_migrations.py::test_the_additions_are_the_agreed_ones_and_nothing_else",
        "tests/integration/test_adoption.py::test_production_is_adopted_and_only_added_to",
    ),
    "database.tolerant": (
        f"{_SERVICE}/test_old_rows.py::test_columns_with_a_time_zone_work_like_those_without",
        "tests/integration/test_migrations.py::test_the_first_backend_can_write_while_the_index_is_built",
    ),
    "image.old-urls": (
        f"{_SERVICE}/test_gallery_old_rows.py::"
        "test_addresses_that_are_not_ours_are_served_as_they_are_and_deleting_does_not_fail",
    ),
    "scan": (f"{_SERVICE}/test_scanning.py::test_a_virus_is_refused_and_the_log_names_it",),
}
"""Point → `path::name` of tests outside this folder."""
