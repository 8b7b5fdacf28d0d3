//! Gifts one by one: together they are the role, and each says which commands limit it.

use super::super::*;
use super::world::{PersonId, World, person};

fn grant(person: PersonId, role: Role) -> Operation {
    Operation::Grant {
        subject: Subject::Person(person),
        role,
        territory: None,
        sponsor: None,
        end_ms: None,
    }
}

fn together(rights: &Rights, person: &PersonId) -> Role {
    let gifts = rights.gifts(person);
    let all = gifts.iter();
    all.fold(Role::NONE, |role, gift| role.with(gift.left()))
}

#[test]
fn gifts_name_what_limits_them_and_are_together_the_role() {
    let (claire, paul) = (person("Claire"), person("Paul"));
    let mut world = World::found(&["Nantes", "Ancenis"], &claire);
    let (first, second) = (world.command(), world.command());
    let given = grant(paul, Role::CONTRIBUTOR);
    world.operate_as(0, claire, first, None, &given);
    let lower = Operation::SetRole {
        subject: Subject::Person(paul),
        role: Role::VIEWER,
        cut: world.cut_of_all(0),
    };
    world.operate_as(0, claire, second, None, &lower);
    let whole = world.whole();
    let gifts = whole.gifts(&paul);
    let of = |command| gifts.iter().find(|gift| gift.command == command);
    let lowered = of(first).expect("the first gift");
    assert_eq!(lowered.role, Role::CONTRIBUTOR);
    assert_eq!(lowered.limits, [(second, Role::VIEWER)]);
    assert_eq!(lowered.left(), Role::VIEWER);
    assert_eq!(lowered.left_by(|_| false), Role::CONTRIBUTOR);
    assert_eq!(of(second).expect("the second").limits, []);
    assert_eq!(together(&whole, &paul), whole.now().role(&paul));

    let third = world.command();
    let revoke = Operation::Revoke {
        subject: Subject::Person(paul),
        cut: world.cut_of_all(0),
        order: None,
    };
    world.operate_as(0, claire, third, None, &revoke);
    let whole = world.whole();
    assert_eq!(together(&whole, &paul), Role::NONE);
    assert!(whole.gifted().any(|gifted| *gifted == paul), "she was");
    world.operate(0, claire, None, &grant(paul, Role::COMMENTER));
    let whole = world.whole();
    assert_eq!(together(&whole, &paul), Role::COMMENTER);
    assert_eq!(whole.now().role(&paul), Role::COMMENTER);
    assert_eq!(together(&whole, &claire), whole.now().role(&claire));
}
