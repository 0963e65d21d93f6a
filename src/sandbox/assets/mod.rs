//! Assets: schemas, object types and objects.

mod aql;
mod config;
mod imports;
mod objects;
mod render;
mod schemas;
mod seeded;
mod store;

pub use seeded::seed;
pub use store::Assets;

use super::call::Handler;

/// What this room answers itself; everything else is answered from its model.
#[rustfmt::skip]
pub const HANDLERS: &[(&str, Handler)] = &[
    ("GET /rest/servicedeskapi/assets/workspace", config::workspaces),
    ("GET /rest/servicedeskapi/insight/workspace", config::workspaces),
    ("GET /jsm/assets/workspace/{}/v1/objectschema/list", schemas::list),
    ("POST /jsm/assets/workspace/{}/v1/objectschema/create", schemas::create),
    ("GET /jsm/assets/workspace/{}/v1/objectschema/{}", schemas::get),
    ("PUT /jsm/assets/workspace/{}/v1/objectschema/{}", schemas::update),
    ("DELETE /jsm/assets/workspace/{}/v1/objectschema/{}", schemas::delete),
    ("POST /jsm/assets/workspace/{}/v1/global/config/objectschema/{}/property", schemas::configure),
    ("GET /jsm/assets/workspace/{}/v1/objectschema/{}/attributes", schemas::list_attributes),
    ("GET /jsm/assets/workspace/{}/v1/objectschema/{}/objecttypes", schemas::list_types),
    ("GET /jsm/assets/workspace/{}/v1/objectschema/{}/objecttypes/flat", schemas::list_types),
    ("POST /jsm/assets/workspace/{}/v1/objecttype/create", schemas::create_type),
    ("GET /jsm/assets/workspace/{}/v1/objecttype/{}", schemas::get_type),
    ("PUT /jsm/assets/workspace/{}/v1/objecttype/{}", schemas::update_type),
    ("DELETE /jsm/assets/workspace/{}/v1/objecttype/{}", schemas::delete_type),
    ("POST /jsm/assets/workspace/{}/v1/objecttype/{}/position", schemas::move_type),
    ("GET /jsm/assets/workspace/{}/v1/objecttype/{}/attributes", schemas::list_type_attributes),
    ("POST /jsm/assets/workspace/{}/v1/objecttypeattribute/{}", schemas::create_attribute),
    ("PUT /jsm/assets/workspace/{}/v1/objecttypeattribute/{}/{}", schemas::update_attribute),
    ("DELETE /jsm/assets/workspace/{}/v1/objecttypeattribute/{}", schemas::delete_attribute),

    ("POST /jsm/assets/workspace/{}/v1/object/aql", objects::search),
    ("POST /jsm/assets/workspace/{}/v1/object/aql/totalcount", objects::count),
    ("POST /jsm/assets/workspace/{}/v1/object/navlist/aql", objects::search_by_page),
    ("GET /jsm/assets/workspace/{}/v1/aql/objects", objects::filter),
    ("POST /jsm/assets/workspace/{}/v1/object/create", objects::create),
    ("GET /jsm/assets/workspace/{}/v1/object/{}", objects::get),
    ("PUT /jsm/assets/workspace/{}/v1/object/{}", objects::update),
    ("DELETE /jsm/assets/workspace/{}/v1/object/{}", objects::delete),
    ("GET /jsm/assets/workspace/{}/v1/object/{}/attributes", objects::list_attributes),
    ("GET /jsm/assets/workspace/{}/v1/object/{}/history", objects::history),
    ("GET /jsm/assets/workspace/{}/v1/object/{}/referenceinfo", objects::references),
    ("GET /jsm/assets/workspace/{}/v1/objectconnectedtickets/{}/tickets", objects::tickets),

    ("GET /jsm/assets/workspace/{}/v1/config/statustype", config::list_statuses),
    ("POST /jsm/assets/workspace/{}/v1/config/statustype", config::create_status),
    ("GET /jsm/assets/workspace/{}/v1/config/statustype/{}", config::get_status),
    ("PUT /jsm/assets/workspace/{}/v1/config/statustype/{}", config::update_status),
    ("DELETE /jsm/assets/workspace/{}/v1/config/statustype/{}", config::delete_status),
    ("GET /jsm/assets/workspace/{}/v1/icon/global", config::list_icons),
    ("GET /jsm/assets/workspace/{}/v1/icon/{}", config::get_icon),
    ("GET /jsm/assets/workspace/{}/v1/config/referencetype", config::list_reference_types),
    ("POST /jsm/assets/workspace/{}/v1/config/referencetype", config::create_reference_type),
    ("GET /jsm/assets/workspace/{}/v1/usage", config::usage),

    ("GET /jsm/assets/workspace/{}/v1/importsource/{}", imports::get),
    ("POST /jsm/assets/workspace/{}/v1/import/start/{}", imports::start),
    ("GET /jsm/assets/workspace/{}/v1/progress/category/imports/{}", imports::get_progress),
    ("GET /jsm/assets/workspace/{}/v1/importsource/{}/configstatus", imports::get_status),
    ("POST /jsm/assets/workspace/{}/v1/importsource/{}/token", imports::create_token),
    ("POST /jsm/assets/workspace/{}/v1/importsource/{}/executions", imports::start_execution),
    ("GET /jsm/assets/workspace/{}/v1/importsource/{}/executions/status", imports::execution_status),
    ("POST /jsm/assets/workspace/{}/v1/importsource/{}/executions/{}/data", imports::add_data),
    ("PUT /jsm/assets/workspace/{}/v1/importsource/{}/executions/{}/progress", imports::report_progress),
    ("POST /jsm/assets/workspace/{}/v1/importsource/{}/executions/{}/history/failed", imports::report_failure),
    ("GET /jsm/assets/workspace/{}/v1/importsource/{}/executions/{}/status", imports::execution_status),
    ("DELETE /jsm/assets/workspace/{}/v1/importsource/{}/executions/{}", imports::cancel),
    ("GET /jsm/assets/workspace/{}/v1/importsource/{}/schema-and-mapping", imports::get_mapping),
    ("PUT /jsm/assets/workspace/{}/v1/importsource/{}/mapping", imports::set_mapping),
    ("PATCH /jsm/assets/workspace/{}/v1/importsource/{}/mapping", imports::set_mapping),
    ("GET /jsm/assets/workspace/{}/v1/importsource/{}/schedule", imports::schedule_links),
    ("POST /jsm/assets/workspace/{}/v1/importsource/{}/importschedule", imports::create_schedule),
    ("GET /jsm/assets/workspace/{}/v1/importsource/{}/importschedule/{}", imports::get_schedule),
    ("PUT /jsm/assets/workspace/{}/v1/importsource/{}/importschedule/{}", imports::update_schedule),
    ("DELETE /jsm/assets/workspace/{}/v1/importsource/{}/importschedule/{}", imports::delete_schedule),
];
