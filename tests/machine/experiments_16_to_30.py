"""Experiments with surroundings, ways back and rehearsals: what must be true, and the tests that show it."""

from collections.abc import Mapping

from tests.machine.experiment import CUTOVER, Experiment, NotHere

SECOND: Mapping[str, Experiment | NotHere] = {
    "D16": Experiment(
        "Credentials expire during a bake",
        "The exact command that mends it is told, looking goes on, the weights stay; the doctor warns before.",
        (
            f"{CUTOVER}/test_blind.py"
            "::test_keys_that_expire_while_it_bakes_are_told_with_their_mend_and_polling_goes_on",
            f"{CUTOVER}/test_blind.py::test_keys_that_expire_for_route_53_too_leave_the_weights_and_polling_goes_on",
            f"{CUTOVER}/test_doctor.py::test_keys_that_end_before_the_bakes_do_are_told",
        ),
    ),
    "D17": Experiment(
        "Only the right to change records is missing",
        "Found by asking IAM, before the first step and without a write.",
        (
            f"{CUTOVER}/test_doctor.py::test_a_missing_permission_is_found_without_writing",
            f"{CUTOVER}/test_account.py::test_the_permission_is_simulated_for_this_zone_name_and_every_action",
            f"{CUTOVER}/test_run_trouble.py::test_a_raise_that_was_refused_is_abandoned_and_tells_why",
        ),
    ),
    "D18": Experiment(
        "The clock is set on or back during a bake, or the machine sleeps",
        "No step is taken early: a bake counts the minutes that CloudWatch has, and what happened during a gap is"
        " judged first. The doctor compares the clock with AWS's.",
        (
            f"{CUTOVER}/test_clock_trouble.py::test_a_clock_that_is_set_on_or_back_never_shortens_a_bake",
            f"{CUTOVER}/test_clock_trouble.py"
            "::test_a_clock_that_stays_ahead_is_ahead_of_its_telemetry_and_never_raises",
            f"{CUTOVER}/test_clock_trouble.py"
            "::test_what_failed_while_the_machine_slept_is_found_before_anything_is_raised",
            f"{CUTOVER}/test_clock_trouble.py::test_what_nobody_counted_while_the_machine_slept_is_baked_again",
            f"{CUTOVER}/ledger/test_table_lease.py::test_a_holder_that_slept_too_long_finds_it_taken",
            f"{CUTOVER}/core/test_freezes.py::test_summer_time_moves_no_edge_of_a_weekend_on_the_wall_clock",
            f"{CUTOVER}/test_doctor.py::test_a_clock_over_five_seconds_off_must_be_set",
        ),
    ),
    "D19": Experiment(
        "Ctrl-C once or twice, SIGTERM, a terminal that closes",
        "The weights stay, the ledger is whole and says it, the ways on and back are printed, exit 130.",
        (
            f"{CUTOVER}/test_cli.py::test_being_told_to_end_saves_the_state",
            f"{CUTOVER}/test_cli.py::test_under_nohup_a_run_outlives_its_terminal",
            f"{CUTOVER}/test_after_a_kill.py::test_told_twice_to_end_it_ends_and_the_ledger_is_whole",
            f"{CUTOVER}/test_run_words.py::test_ctrl_c_leaves_the_weights_and_says_how_to_go_on_and_back",
            f"{CUTOVER}/test_run_words.py::test_ctrl_c_in_the_middle_of_going_back_says_so",
        ),
    ),
    "D20": Experiment(
        "Nobody reads the words, the disk is full, the folder is read-only",
        "Words that have nowhere to go stop nothing; a ledger that takes no line refuses a change before it is made,"
        " and after it the loss is told loudly.",
        (
            f"{CUTOVER}/test_after_a_kill.py::test_a_screen_that_takes_no_words_stops_no_command",
            f"{CUTOVER}/test_cli.py::test_a_reader_that_went_away_is_no_error",
            f"{CUTOVER}/test_cli.py::test_a_closed_stream_stops_no_command",
            f"{CUTOVER}/test_ledger_trouble.py::test_before_the_change_a_disk_that_takes_nothing_refuses_it",
            f"{CUTOVER}/test_ledger_trouble.py::test_a_folder_that_takes_no_files_refuses_the_change",
            f"{CUTOVER}/test_ledger_trouble.py::test_after_the_change_it_is_finished_and_the_loss_is_shouted",
        ),
    ),
    "D21": Experiment(
        "A rollback with no telemetry, no ledger and another at work",
        "Route 53 is all that it needs, one change.",
        (
            f"{CUTOVER}/test_rollback.py::test_it_asks_no_metrics_and_no_lock",
            f"{CUTOVER}/test_rollback.py::test_a_lost_ledger_is_told_and_stops_nothing",
            f"{CUTOVER}/test_ledger_trouble.py::test_going_back_needs_no_disk",
            f"{CUTOVER}/test_rollback_paths.py::test_a_ledger_that_does_not_answer_is_waited_for_briefly",
            "machine/test_state_machine.py::test_nothing_that_must_never_be_ever_is",
        ),
    ),
    "D22": Experiment(
        "A rollback while Route 53's API is down",
        "Tried again within its time, then exit 10 with the console's page, the plain aws line and the health check;"
        " the kill switch is thrown where there is one.",
        (
            "integration/test_rollback_in_time.py"
            "::test_with_route_53_dead_it_is_exit_10_in_time_and_the_kill_switch_is_thrown",
            f"{CUTOVER}/test_rollback_paths.py"
            "::test_without_route_53_the_ways_on_are_the_console_the_plain_line_and_the_health_check",
            f"{CUTOVER}/test_hurry.py::test_the_pauses_between_tries_double_and_are_jittered",
        ),
    ),
    "D23": Experiment(
        "A rollback twice, from nothing, or in the middle of a shift",
        "It may be repeated, it wins over whoever holds the lease, and the end is ECS 100.",
        (
            f"{CUTOVER}/test_rollback.py::test_a_second_one_finds_nothing_to_do",
            f"{CUTOVER}/test_rollback.py::test_at_ecs_100_it_still_keeps_a_run_from_starting",
            f"{CUTOVER}/test_rollback_meanwhile.py"
            "::test_a_rollback_at_any_point_wins_and_every_change_is_in_the_ledger",
            f"{CUTOVER}/test_rollback_meanwhile.py::test_two_rollbacks_at_once_both_end_at_ecs",
        ),
    ),
    "D24": Experiment(
        "The records have changed since a plan was shown",
        "Another plan than the one that was shown or named is refused (exit 8, rule plan); gates are asked anew each"
        " time, with the limits of now.",
        (
            f"{CUTOVER}/test_plan.py::test_a_zone_that_was_changed_since_is_another_plan",
            f"{CUTOVER}/test_shift_rules.py::test_another_plan_than_the_named_one_is_refused",
            f"{CUTOVER}/test_shift_rules.py::test_another_plan_than_the_one_that_was_shown_is_not_made",
            f"{CUTOVER}/test_shift_rules.py::test_gates_that_turn_during_the_question_still_refuse",
        ),
    ),
    "D25": Experiment(
        "A deploy sets the weights back",
        "No template declares them; `cutover status --json --exit-code` is the guard for a pipeline (0 as known, 5"
        " not), a run stops at the drift, and whose tool it was is told.",
        (
            f"{CUTOVER}/test_deploy_guard.py::test_weights_that_a_deploy_set_back_stop_a_pipeline_and_a_run",
            "infra/test_all_stacks.py::test_no_template_declares_a_record_of_dns",
            f"{CUTOVER}/test_status.py::test_the_exit_code_tells_the_state_when_it_is_asked_to",
            f"{CUTOVER}/test_drift.py::test_who_owns_the_records_will_undo_every_shift",
        ),
    ),
    "D26": Experiment(
        "Resolvers keep answers for too long; only one side is ever answered",
        "The zone's own servers are asked past every cache, and a share that chance does not explain is found, with"
        " the server that lags.",
        (
            f"{CUTOVER}/test_inspection.py::test_every_server_is_asked_for_every_type_and_its_answers_counted_by_side",
            f"{CUTOVER}/core/test_verification.py"
            "::test_a_share_is_doubted_outside_of_its_interval_and_refused_where_it_is_no_chance",
            f"{CUTOVER}/core/test_verification.py::test_the_one_server_that_serves_older_weights_is_named",
            f"{CUTOVER}/core/test_verification.py::test_a_longer_ttl_fails_and_a_shorter_one_is_told",
            f"{CUTOVER}/test_verify.py::test_name_servers_that_serve_older_weights_are_found",
            "stack/test_verified.py::test_name_server_and_sides_are_as_asked",
        ),
    ),
    "D27": Experiment(
        "A rehearsal on a machine with real credentials",
        "Nobody but the stand-ins on loopback is asked, whatever the environment says; it can't be pointed elsewhere.",
        (
            "integration/cutover/test_rehearsal_alone.py::test_the_rehearsed_tool_asks_the_stand_in_and_nobody_else",
            "integration/cutover/test_rehearsal_alone.py"
            "::test_a_rehearsal_reads_no_settings_and_builds_no_world_of_the_callers",
            "integration/cutover/test_rehearsal_alone.py::test_a_rehearsal_can_not_be_pointed_at_anything",
            f"{CUTOVER}/test_aws_clients.py::test_a_stand_in_never_sees_real_keys",
            f"{CUTOVER}/test_bad_input.py::test_wrong_settings_are_told_with_their_file_and_key",
            f"{CUTOVER}/rehearsal/stack/test_environment.py"
            "::test_what_configures_services_clients_and_proxies_is_left_out",
            f"{CUTOVER}/rehearsal/test_plan.py::test_nothing_that_the_service_is_told_lies_outside_this_machine",
        ),
    ),
    "D28": Experiment(
        "The rehearsal's stories: all is well, errors, no telemetry, killed; slow, throttled, stuck",
        "Each ends as it must and its report says so. The numbers are real ones of each time, so what is held fast is"
        " what follows from them.",
        (
            "rehearsal/test_rehearsals.py::TestNothingGoesWrong::test_it_ends_with_everything_on_lambda",
            "rehearsal/test_rehearsals.py::TestNothingGoesWrong::test_every_step_is_told_with_its_numbers",
            "rehearsal/test_rehearsals.py::test_errors_at_50_percent_roll_everything_back",
            "rehearsal/test_rehearsals.py::test_without_telemetry_it_holds_and_never_advances",
            "rehearsal/test_rehearsals.py::test_killed_with_its_change_pending_another_process_sees_it_through",
            f"{CUTOVER}/rehearsal/test_recording.py::test_the_run_has_to_end_as_its_fault_wants",
            f"{CUTOVER}/rehearsal/test_report.py::test_every_kind_of_rehearsal_has_the_whole_page_and_needs_nothing_but_itself",
        ),
    ),
    "D29": Experiment(
        "A load test that does not start, fails throughout, is killed, or is aimed at production",
        "Load that was not delivered is exit 13, and production needs a reason.",
        (
            f"{CUTOVER}/test_load.py::test_every_end_has_its_code_and_its_words",
            f"{CUTOVER}/load/test_launching.py::test_its_exit_code_is_handed_on_with_the_end_of_its_log",
            "integration/test_load_command.py::test_a_server_that_fails_does_not_hold_it",
            f"{CUTOVER}/load/test_stopping.py::test_when_cutover_is_killed_locust_stops_too",
            f"{CUTOVER}/test_load_production.py::test_a_run_whose_own_process_dies_leaves_the_planned_interval",
            f"{CUTOVER}/test_load_production.py::test_production_is_refused_however_it_is_called",
        ),
    ),
    "D30": Experiment(
        "Weights that do not sum to 100: 1 and 255, both zero",
        "Named with their sum as a drift; a raise is refused and no override helps; the way back works.",
        (
            f"{CUTOVER}/core/test_zone.py::test_what_is_wrong_is_named",
            f"{CUTOVER}/test_bad_command_lines.py::test_records_that_are_no_split_stop_a_shift",
            f"{CUTOVER}/test_shift_rules.py::test_weights_that_do_not_sum_to_100_cannot_be_set_aside",
            f"{CUTOVER}/core/test_plan.py::test_a_rollback_plan_names_the_nearest_share_of_odd_weights",
            f"{CUTOVER}/test_rollback.py::test_weights_that_drifted_go_back_too",
        ),
    ),
}
